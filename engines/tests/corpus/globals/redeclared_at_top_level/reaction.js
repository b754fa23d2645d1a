const kind = 'mine';
let uuid = 3;
var name = 'own';

function process(data) {
  Info([kind, uuid, name, data.metadata.name].join(' '));
}
