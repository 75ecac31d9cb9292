/**
 * TensorFlow.js on its CPU backend: the three packages that its layers need. Only the server imports
 * them, in a process of its own, so nobody else fetches them.
 *
 * @module
 */
import "npm:@tensorflow/tfjs-backend-cpu@4.22.0";

export * as tf from "npm:@tensorflow/tfjs-core@4.22.0";
export * as tfl from "npm:@tensorflow/tfjs-layers@4.22.0";
