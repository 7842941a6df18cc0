"""`keras.ops.image`: operations on images, one or a batch."""

from kerasnb.ops.image.borders import crop_images, pad_images
from kerasnb.ops.image.color import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from kerasnb.ops.image.elastic import elastic_transform
from kerasnb.ops.image.extraction import extract_patches, extract_patches_3d
from kerasnb.ops.image.filters import gaussian_blur, sobel_edges, ssim
from kerasnb.ops.image.interpolation import map_coordinates
from kerasnb.ops.image.resampling import resize, scale_and_translate
from kerasnb.ops.image.transforms import affine_transform, perspective_transform

__all__ = [
    "affine_transform", "crop_images", "elastic_transform", "extract_patches", "extract_patches_3d", "gaussian_blur",
    "hsv_to_rgb", "map_coordinates", "pad_images", "perspective_transform", "resize", "rgb_to_grayscale",
    "rgb_to_hsv", "scale_and_translate", "sobel_edges", "ssim",
]  # fmt: skip
