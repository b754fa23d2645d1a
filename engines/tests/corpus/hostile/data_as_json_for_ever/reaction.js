function process(data) {
  for (;;) JSON.stringify(data);
}
