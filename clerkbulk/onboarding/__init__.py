"""Who has onboarded: looks at Clerk kept over days, one journey a person, and numbers, plots and a report of them."""
