"""A simulation of Kabupaten Bekasi, run through the real application with a clock of its own.

Names, texts and agencies are data (``data/``). ``cast`` appoints the officers, ``generator`` draws the
complaints (a ``Life`` each), ``scenes`` decide step by step what happens to one, and ``player`` performs the
steps of all of them in the order of time. The command line calls ``run``; ``copies`` multiplies the result.
"""
