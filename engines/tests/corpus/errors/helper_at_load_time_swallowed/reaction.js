try {
  DataSet('loaded', 'yes');
} catch (error) {
  // Nothing.
}

function process(data) {
  Info('never');
}
