"""The application: wires the packages together and serves them."""
