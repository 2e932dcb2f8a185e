"""The cryptography of a region, all of it through pyca/cryptography."""
