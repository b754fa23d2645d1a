Info "${leak-fresh}"
leak=leaked
export leak
