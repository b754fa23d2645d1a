const process = async (data) => {
  const all = await Promise.all([1, 2, 3].map(async (n) => n));
  Info(all.join(' '));
};
