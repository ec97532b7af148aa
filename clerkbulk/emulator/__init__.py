"""A local stand-in for the part of Clerk's Backend API that concerns invitations.

Backend answers requests; Emulator puts it on a loopback port, app() into ASGI, transport() under httpx.
"""
