const again = () => Promise.resolve().then(again);
again();

function process(data) {}
