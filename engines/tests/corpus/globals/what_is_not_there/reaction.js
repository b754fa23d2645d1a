const NAMES = ['require', 'module', 'exports', 'setTimeout', 'setInterval', 'print', 'std', 'os', 'bjson', 'fetch', 'Deno', 'Bun', 'Worker', 'SharedArrayBuffer', 'Atomics', 'load', 'loadScript', 'scriptArgs', 'gc', 'performance', 'WebAssembly', 'XMLHttpRequest', '__filename', '__dirname'];

function process(data) {
  Info(NAMES.filter((each) => typeof globalThis[each] !== 'undefined').join(' '));
}
