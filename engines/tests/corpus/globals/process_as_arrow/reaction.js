const process = (data) => {
  Info('arrow ' + data.metadata.name);
};
