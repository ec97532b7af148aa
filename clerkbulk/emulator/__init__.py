"""A local stand-in for the part of Clerk's Backend API that concerns invitations."""
