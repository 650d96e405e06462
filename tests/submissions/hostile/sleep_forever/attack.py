import select

select.select([], [], [], 3600)
