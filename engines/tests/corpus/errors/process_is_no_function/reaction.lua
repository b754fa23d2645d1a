process = { run = true }
