function process(data) {
  Promise.reject(new Error('nobody'));
}
