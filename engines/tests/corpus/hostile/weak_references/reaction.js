function process(data) {
  const refs = [];
  for (let n = 0; n < 10000; n += 1) refs.push(new WeakRef({ n }));
  const map = new WeakMap();
  for (let n = 0; n < 10000; n += 1) map.set({ n }, n);
  refs.some((ref) => ref.deref());
}
