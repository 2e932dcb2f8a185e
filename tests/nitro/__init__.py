"""A stand-in for AWS Nitro: certificates, documents and recipients, written without the code that reads them."""
