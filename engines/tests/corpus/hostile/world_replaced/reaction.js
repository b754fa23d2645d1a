function process(data) {
  const endless = () => {
    for (;;);
  };
  for (const key of Reflect.ownKeys(globalThis)) {
    try {
      globalThis[key] = endless;
    } catch (error) {
      // Cannot be replaced.
    }
  }
}
