"""Old registers in: a sheet of opening balances or of payments is read, looked at, booked, undone.

`reading` makes rows of a file, `finding` says whom each is about and what is wrong with it,
`booking` books all that are good in one transaction, and takes them back. Knows no HTTP.
"""
