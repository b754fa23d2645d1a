const odd = {
  get self() {
    return this.self;
  },
};

function process(data) {
  odd.self;
}
