async function process(data) {
  await import('data:text/javascript,for(;;);');
}
