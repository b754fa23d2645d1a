globalThis.process = (data) => Info('property');
