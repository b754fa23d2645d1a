const process = { run: true };
