"""What people decide: one method, one decision, one transaction."""
