"""Where a value comes from: the resolver, and one module for each kind of expression or call."""
