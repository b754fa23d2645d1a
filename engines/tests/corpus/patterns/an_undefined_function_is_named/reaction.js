const VERSION = '2.1.0';

function process(data) {
  try {
    executeProductionLogic(data);
  } catch (error) {
    Error('no implementation');
    const record = { version: VERSION, error: String(error), event: uuid, summary: { process: !!data.process, file: !!data.file, type: kind } };
    WriteFile('/var/log/reactant-absent/errors.log', JSON.stringify(record) + '\n');
    Info('recorded ' + record.error.includes('executeProductionLogic'));
  }
}
