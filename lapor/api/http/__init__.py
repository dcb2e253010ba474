"""The plumbing of the API: requests, errors, limits, documentation. It knows no resource."""
