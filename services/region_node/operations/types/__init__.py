"""The requests and responses of the operations, one module a family, with every constraint of the API's model."""
