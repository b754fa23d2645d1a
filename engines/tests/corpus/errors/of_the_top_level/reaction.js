const TABLE = null;
const FIRST = TABLE.first.name;

function process(data) {
  Info('never');
}
