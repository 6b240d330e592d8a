-- What each file brought
select source, documents, rejects, bytes, duplicate_of
from sources
order by source
