for (;;);

function process(data) {}
