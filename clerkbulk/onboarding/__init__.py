"""Who has onboarded: looks at Clerk kept over days, one journey a person, the numbers, plots and report made of them."""
