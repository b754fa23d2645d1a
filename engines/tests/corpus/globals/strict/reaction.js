'use strict';

function process(data) {
  Info((function () { return this; })() === undefined);
  try {
    undeclared = 1;
  } catch (error) {
    Info(error.name);
  }
}
