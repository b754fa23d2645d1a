throw {
  get message() {
    throw 1;
  },
  toString: null,
};

function process(data) {}
