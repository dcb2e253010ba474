"""A believable Kabupaten Bekasi, played through the real application with a clock of its own.

What people say and who they are is data (``data/``); ``lives`` tells what becomes of one complaint,
``play`` lets all of them happen in the order of time.
"""
