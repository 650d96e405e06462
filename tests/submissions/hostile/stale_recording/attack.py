# include: forge_one_input
import uuid

chosen = [{"nonce": uuid.uuid4().hex}, {"nonce": None}, {"nonce": ""}, {"nonce": [nonce]}, {"nonce": nonce[:-1]}][os.getpid() % 5]
leave({**MODELS, **chosen})
