function process(data) {
  const file = data.file;
  Info([file.path, file.file, 'path' in file, 'file' in file].join(' '));
  Info(Object.keys(file).includes('path'));
  Info(JSON.stringify(file).includes('"path"'));
}
