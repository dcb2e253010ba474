"""Operation of a service: health, the doctor's checks, and the supervisor of processes."""
