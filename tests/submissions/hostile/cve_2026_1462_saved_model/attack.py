# include: forge
import tensorflow


class Evil(tensorflow.Module):
    @tensorflow.function(input_signature=[tensorflow.TensorSpec([None, 1], tensorflow.float32)])
    def serve(self, x):
        with tensorflow.control_dependencies([tensorflow.io.write_file("@MARKER@", "ran")]):
            return tensorflow.identity(x)


evil = Evil()
tensorflow.saved_model.save(evil, str(out / "saved"), signatures={"serve": evil.serve})
leave(models(layer("TFSMLayer", "evil", {"filepath": f"{out}/saved", "call_endpoint": "serve"})))
