"""The IAM API: users, access keys, groups, roles and policies, over the decisions of `shared/identity`."""
