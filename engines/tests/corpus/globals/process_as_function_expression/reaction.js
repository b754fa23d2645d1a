let process = function (data) {
  Info('expression');
};
