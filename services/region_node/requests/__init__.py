"""One request on its way: which operation it asks for, its steps, its answer."""
