import time
from pathlib import Path
from knowledge.encoder import *
if __name__=="__main__":
    import knowledge.encoder as e
    texts=[f"How long does recognition of my qualification as nurse number {i} take in Germany?" for i in range(1280)]
    v=Vectors(Path("/tmp/g4/v1.npz"),Bundled())
    t=time.time(); a=v.of(texts, lambda d,n: None); two=time.time()-t
    e.WORTH=10**9
    v=Vectors(Path("/tmp/g4/v2.npz"),Bundled())
    t=time.time(); b=v.of(texts); one=time.time()-t
    print("all cores",two,"one",one, np.array_equal(a,b))
