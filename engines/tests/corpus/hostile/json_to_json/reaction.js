function process(data) {
  const more = () => ({ toJSON: () => [more(), more()], x: 1 });
  const grow = () => [{ toJSON: grow }, { toJSON: grow }];
  JSON.stringify(grow());
}
