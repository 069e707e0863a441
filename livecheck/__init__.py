"""The first contact with the real cloud: what no public source says, asked of the cloud itself.

A topology of its own, small and short-lived, is made through the vendor's API; each open question is answered by calls
and handshakes; everything is deleted. `questions/` holds what is asked, the other modules what it takes to ask.
"""
