"""What keeps the keys of custom key stores outside the region: XKS proxies, and clusters of HSMs behind PKCS #11."""
