"""What promotions and take-overs have overtaken: listed for the operator, done again or dropped."""
