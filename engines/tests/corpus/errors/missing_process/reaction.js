function proces(data) {
  Info('never');
}
