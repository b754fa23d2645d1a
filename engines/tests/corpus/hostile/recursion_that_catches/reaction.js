function deeper() {
  try {
    deeper();
  } catch (error) {
    deeper();
  }
  deeper();
}

function process(data) {
  deeper();
}
