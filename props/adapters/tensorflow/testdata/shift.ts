/** A layer with a defect: what it adds is kept in a plain field, so no file holds it. It prints, too. */
import { tf, tfl } from "../tf.ts";

class Shift extends tfl.layers.Layer {
  static className = "Shift";
  readonly table = tf.keep(tf.randomUniform([4]));

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    console.log("{}");
    return tf.add([inputs].flat()[0], this.table);
  }

  override dispose(): ReturnType<tfl.layers.Layer["dispose"]> {
    this.table.dispose();
    return super.dispose();
  }
}

tf.serialization.registerClass(Shift);
