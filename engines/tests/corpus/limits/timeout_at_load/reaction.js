for (;;);

function process(data) {
  Info('never');
}
