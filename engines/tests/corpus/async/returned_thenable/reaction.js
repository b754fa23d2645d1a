function process(data) {
  Info('returned');
  return {
    then(resolve) {
      Info('asked');
      resolve(1);
    },
  };
}
